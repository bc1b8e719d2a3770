; "Send with Holdfast" for files and folders, for this user, and away again with the program.
!macro customInstall
  WriteRegStr HKCU "Software\Classes\*\shell\HoldfastSend" "" "Send with Holdfast"
  WriteRegStr HKCU "Software\Classes\*\shell\HoldfastSend" "Icon" "$appExe,0"
  WriteRegStr HKCU "Software\Classes\*\shell\HoldfastSend\command" "" '"$appExe" -- "%1"'
  WriteRegStr HKCU "Software\Classes\Directory\shell\HoldfastSend" "" "Send with Holdfast"
  WriteRegStr HKCU "Software\Classes\Directory\shell\HoldfastSend" "Icon" "$appExe,0"
  WriteRegStr HKCU "Software\Classes\Directory\shell\HoldfastSend\command" "" '"$appExe" -- "%1"'
!macroend

!macro customUnInstall
  DeleteRegKey HKCU "Software\Classes\*\shell\HoldfastSend"
  DeleteRegKey HKCU "Software\Classes\Directory\shell\HoldfastSend"
!macroend

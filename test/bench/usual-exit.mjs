// A program under measurement must end as Node does by itself: its CPU profile is written then.
process.execve = undefined

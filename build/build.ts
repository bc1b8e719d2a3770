/** Bundles the programs into out/. */
console.log('nothing to build yet')

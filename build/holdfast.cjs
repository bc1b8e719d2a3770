#!/usr/bin/env node
'use strict'
// What npm calls. Any Node must be able to read this file, so that an old one is told so instead of failing somewhere.

var fs = require('fs')
var path = require('path')

var OLDEST = [22, 14]
var found = process.versions.node.split('.').map(Number)
var entry = path.join(__dirname, '..', 'out', 'headless.js')

if (found[0] < OLDEST[0] || (found[0] === OLDEST[0] && found[1] < OLDEST[1])) {
  console.error('holdfast needs Node ' + OLDEST.join('.') + ' or newer; this is ' + process.versions.node + '. The one that came with it is used by: npm run -s holdfast -- COMMAND (in ' + path.dirname(__dirname) + ')')
  process.exit(1)
}
if (!fs.existsSync(entry)) {
  console.error('holdfast is not built yet: run `npm run build` in ' + path.dirname(__dirname))
  process.exit(1)
}

require(entry)

package = 'LPeg'
version = '1.0.2-1'
source = {
   url = 'http://www.example.org/lpeg-1.0.2.tar.gz',
   md5 = 'd342571886f1abcb7afe6a83d024d583',
}
description = { license = 'MIT/X11' }
dependencies = { 'lua >= 5.1' }
build = { type = 'builtin', modules = { lpeg = { 'lpcap.c' }, re = 're.lua' } }

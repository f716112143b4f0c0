
"serve*2.16.1graph
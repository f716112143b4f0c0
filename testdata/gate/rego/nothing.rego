package main

allow if true

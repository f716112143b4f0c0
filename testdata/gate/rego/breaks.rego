package main

deny contains "too old" if to_number(input.at) > 1

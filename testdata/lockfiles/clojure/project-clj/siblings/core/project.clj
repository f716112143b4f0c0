(defproject acme/core "1.0" :dependencies [])

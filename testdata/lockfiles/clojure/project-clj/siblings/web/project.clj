(defproject acme/web "1.0"
  :dependencies [[acme/core "1.0"]])

(defproject broken "1.0"
  :dependencies [[org.kept/first "1.0"]
                 ["not a symbol" "1.0"]
                 no-vector
                 [org.kept/second]
                 [org.kept/third "3.0"]]
  :profiles {:dev {:dependencies [[org.kept/fourth "4.0"

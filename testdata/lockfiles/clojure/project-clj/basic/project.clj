(defproject acme/widget "0.1.0-SNAPSHOT"
  :description "A widget"
  :url "https://example.org/widget"
  :license {:name "EPL-2.0" :url "https://www.eclipse.org/legal/epl-2.0/"}
  :managed-dependencies [[cheshire "5.11.0"]]
  :dependencies [[org.clojure/clojure "1.11.1"]
                 [cheshire]
                 ^:keep [ring/ring-core "1.10.0" :exclusions [clj-time]]
                 [javax.servlet/servlet-api "2.5" :scope "provided"]
                 #_[dropped "1.0"]
                 [org.lwjgl/lwjgl "3.3.1" :classifier "natives-linux"]]
  :plugins [[lein-ring "0.12.6"]]
  :main ^:skip-aot acme.widget
  :profiles {:uberjar {:aot :all}
             :dev {:dependencies [[midje "1.10.9"]]
                   :plugins [[lein-midje "3.2.1"]]}
             :extra {:dependencies [[nrepl "1.0.0"]]}})

addSbtPlugin("com.eed3si9n" % "sbt-assembly" % "2.1.5")
libraryDependencies += "com.thesamet.scalapb" %% "compilerplugin" % "0.11.14"

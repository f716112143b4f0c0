libraryDependencies += "org.kept" % "first" % "1.0"
libraryDependencies += "org.lost" % artifactName % "1.0"
libraryDependencies += "org.kept" %% "cross" % "2.0"
libraryDependencies += "org.kept" % "unversioned" % someVersion
libraryDependencies += "two" % "parts"
libraryDependencies += "org.cut" % "off" % "3.0

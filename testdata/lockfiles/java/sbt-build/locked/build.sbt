libraryDependencies += "org.apache.commons" % "commons-lang3" % "3.0"

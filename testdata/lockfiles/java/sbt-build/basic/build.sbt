ThisBuild / scalaVersion := "2.13.12"

val catsVersion = "2.10.0"
val slf4j: String = "2.0.9"

lazy val root = (project in file("."))
  .settings(
    name := "widget",
    // "org.gone" %% "gone" % "1.0",
    libraryDependencies ++= Seq(
      "org.typelevel" %% "cats-core" % catsVersion,
      "org.slf4j"      % "slf4j-api" % slf4j exclude("a", "b"),
      "org.scalatest" %% "scalatest" % "3.2.17" % Test,
      "javax.servlet"  % "servlet-api" % "2.5" % "provided",
      "io.circe"      %%% "circe-core" % V.circe,
      "com.lihaoyi"   %% "upickle" % Dependencies.upickle % "test->compile",
      compilerPlugin("org.typelevel" %% "kind-projector" % "0.13.2")
    ),
    resolvers += "local" at "https://repo.example.org"
  )

object V {
  val circe = "0.14.6"
}

object a extends ScalaModule {
  def scalaVersion = "3.3.1"
  def ivyDeps = Agg(ivy"org.kept::one:1.0", ivy"nonsense", ivy"$group:two:1.0")
}
object b extends ScalaModule {
  def scalaVersion = "2.12.18"
  def ivyDeps = Agg(ivy"org.cut::three:1

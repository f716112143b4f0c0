# stub: nokogiri 1.16.7 x86_64-linux lib

Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = "1.16.7"
  s.platform = "x86_64-linux".freeze
  if s.respond_to? :add_runtime_dependency then
    s.add_runtime_dependency(%q<json>.freeze, ["> 2", "!= 2.9"])
    s.add_development_dependency(%q<console>.freeze, [">= 0"])
  else
    s.add_dependency(%q<json>.freeze, ["> 2", "!= 2.9"])
    s.add_dependency(%q<console>.freeze, [">= 0"])
  end
end

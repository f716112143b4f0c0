# -*- encoding: utf-8 -*-
# stub: console 1.27.0 ruby lib

Gem::Specification.new do |s|
  s.name = "console".freeze
  s.version = "1.27.0".freeze

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.metadata = { "documentation_uri" => "https://example.org/console/docs", "source_code_uri" => "https://example.org/console.git" } if s.respond_to? :metadata=
  s.require_paths = ["lib".freeze]
  s.authors = ["Ann".freeze, "Bob".freeze]
  s.date = "2024-06-15"
  s.homepage = "https://example.org/console".freeze
  s.licenses = ["MIT".freeze]
  s.rubygems_version = "3.5.9".freeze
  s.summary = "Logs.\nAnd more.".freeze

  s.installed_by_version = "3.5.9".freeze if s.respond_to? :installed_by_version

  s.specification_version = 4

  s.add_runtime_dependency(%q<fiber-annotation>.freeze, [">= 0".freeze])
  s.add_runtime_dependency(%q<json>.freeze, ["~> 2.7".freeze])
  s.add_development_dependency(%q<json>.freeze, [">= 1".freeze])
  s.add_development_dependency(%q<rake>.freeze, [">= 0".freeze])
end

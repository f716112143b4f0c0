# stub: rake 13.1.0 ruby lib

Gem::Specification.new do |gem|
  gem.name = "rake".freeze
  gem.version = Gem::Version.new("13.1.0")
  gem.license = "MIT"
end

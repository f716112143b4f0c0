Gem::Specification.new do |s|
  s.name = "json"
  s.version = "3.0.0"
end

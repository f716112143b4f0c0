Gem::Specification.new do |s|
  s.name = "unfinished
  s.version = "1.0"
end

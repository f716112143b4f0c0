Gem::Specification.new do |s|
  s.name = "kept"
  s.version = "1.0"
  s.licenses = [["MIT"]
  s.authors = nil
  s.add_dependency(kept)

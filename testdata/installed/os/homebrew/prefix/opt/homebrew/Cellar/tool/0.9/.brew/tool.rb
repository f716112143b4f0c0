class Tool < Formula
  desc 'A tool'
  license any_of: ["MIT", "Apache-2.0"]
  url "https://example.org/#{version}.tar.gz"
end

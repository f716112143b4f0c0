class Whole
 desc "unclosed
 url
 license :public_domain
 ÿ
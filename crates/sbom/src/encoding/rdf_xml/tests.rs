//! Small files that show how RDF/XML says one thing in several ways.

/* Facts
   and nothing else. */
name( regex ).
version( "0.3.3" ).

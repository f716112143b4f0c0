<?php
// Not the plugin itself.
function harbour_admin() {}

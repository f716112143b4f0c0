<?php
/*
Plugin Name: Tide Tables
Version: 0.9
License: MIT
*/

<?php
/*
Plugin Name: Always There
*/

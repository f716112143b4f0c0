<?php
/**
 * Written by the release script.
 */

// $wp_version = '6.4';
$wp_version = '6.5.3';

$wp_db_version = 57155;

<?php
/**
 * Plugin Name:       Harbour Map
 * Plugin URI:        https://harbour.example/map
 * Description:       Shows where the ships lie.
 * Version:           2.1.0
 * Requires at least: 6.2
 * Requires PHP:      7.4
 * Author:            Harbour Office
 * License:           GPL-2.0-or-later
 * Requires Plugins:  tide-tables, not-installed
 */

require __DIR__ . '/admin.php';

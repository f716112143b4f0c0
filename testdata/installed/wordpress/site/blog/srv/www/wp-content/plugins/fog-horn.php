<?php
/* Plugin Name: Fog Horn */
/* Version: 1.7.2 */

<?php
/*
Plugin Name: Half
<?php // silence

#!/bin/sh
ros2 run demo_nodes_cpp talker

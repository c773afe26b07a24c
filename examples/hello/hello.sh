#!/bin/sh
# What runs in the container: the system is the image's, the user is you.
. /etc/os-release
echo "hello from $PRETTY_NAME"
echo "my user id is $(id -u), the same as outside"

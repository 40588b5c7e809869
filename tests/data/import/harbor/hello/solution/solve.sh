#!/bin/bash
echo "total: $(awk '{ sum += $1 } END { print sum }' data/numbers.txt)" > total.txt

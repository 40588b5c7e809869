#!/bin/bash
grep -qx "total: 3" /app/total.txt && echo 1 > /logs/verifier/reward.txt

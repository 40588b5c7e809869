#!/bin/bash
curl -f localhost

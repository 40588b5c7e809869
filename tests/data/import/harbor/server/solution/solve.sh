cp /solution/site.conf /etc/nginx/

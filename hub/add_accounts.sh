#!/bin/sh
# Makes the accounts of a class, as root: one for each learner of FOLDER/roster.csv, and `grader`, to whom FOLDER belongs.
# Prints the passwords of the new ones: (umask 077; add_accounts.sh FOLDER > /root/passwords.csv)
set -eu
umask 077
folder=$1
case $(head -n 1 "$folder/roster.csv" | tr -d '\r"') in
  learner | learner,*) ;;
  *) echo "$folder/roster.csv: expected the first column to be called \`learner\`" >&2; exit 2 ;;
esac

getent group learners >/dev/null || groupadd learners
id grader >/dev/null 2>&1 || useradd -r -m -K HOME_MODE=0700 -s /usr/sbin/nologin grader
chown grader: "$folder" "$folder/roster.csv"
chmod 700 "$folder"

tail -n +2 "$folder/roster.csv" | tr -d '\r"' | cut -d, -f1 | while read -r name; do
  [ -n "$name" ] || continue
  if id -- "$name" >/dev/null 2>&1; then
    echo "$name: there is such an account already; it stays as it is" >&2
  elif useradd -m -K HOME_MODE=0700 -s /usr/sbin/nologin -G learners -- "$name"; then
    password=$(openssl rand -base64 12)
    echo "$name:$password" | chpasswd
    echo "$name,$password"
  fi
done

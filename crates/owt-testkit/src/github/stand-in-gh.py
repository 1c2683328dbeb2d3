#!/usr/bin/env python3
"""Stands in for gh: `auth token` and `api`, as far as owt uses them, to the server that SCRIPTED_GITHUB names.

Its login is the variable STAND_IN_LOGIN, which is none of gh's: what is logged in here is no token that owt could use.
"""

import http.client
import os
import sys
import urllib.parse


def auth(words):
    host = words[words.index("--hostname") + 1]
    login = os.environ.get("STAND_IN_LOGIN")
    if host != "github.com" or not login:
        sys.exit(f"no oauth token found for {host}")
    print(login)


def api(words):
    method, body, headers, path = "GET", None, {}, None
    words = iter(words)
    for word in words:
        if word == "--hostname":
            next(words)
        elif word == "--method":
            method = next(words)
        elif word == "--header":
            name, value = next(words).split(": ", 1)
            headers[name] = value
        elif word == "--input":
            assert next(words) == "-"
            body = sys.stdin.buffer.read()
        elif word != "--include":
            path = word
    headers["authorization"] = "Bearer " + os.environ["STAND_IN_LOGIN"]
    server = urllib.parse.urlsplit(os.environ["SCRIPTED_GITHUB"])
    connection = http.client.HTTPConnection(server.netloc, timeout=20)
    connection.request(method, "/" + path, body, headers)
    answer = connection.getresponse()
    out = f"HTTP/2.0 {answer.status} {answer.reason}\n"
    out += "".join(f"{name.title()}: {value}\r\n" for name, value in answer.getheaders()) + "\r\n"
    sys.stdout.write(out + answer.read().decode())
    if answer.status >= 300:
        sys.exit(f"gh: HTTP {answer.status}")


if sys.argv[1:3] == ["auth", "token"]:
    auth(sys.argv[3:])
elif sys.argv[1:2] == ["api"]:
    api(sys.argv[2:])
else:
    sys.exit(f"unknown command {sys.argv[1:]}")

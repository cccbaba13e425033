"""requests-import.py API COUNT   Creates so many contacts one after the other, over one connection that is kept."""
import sys

import requests

api, count = sys.argv[1], int(sys.argv[2])
session = requests.Session()
session.auth = ("ada", "practice")
for number in range(count):
    contact = {"email": f"python{number}@example.org", "firstname": "First", "lastname": "Last"}
    session.post(f"{api}/contacts/new", json=contact).raise_for_status()

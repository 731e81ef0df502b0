INSERT INTO products VALUES (1, 'stamp'), (2, 'album');

INSERT INTO "Book" ("title", "price") VALUES ('Stories', 1200), ('Maps', 3400);

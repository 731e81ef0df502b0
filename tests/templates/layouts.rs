//! The same stack, written in five ways: a Postgres `store`, a Redis `queue` and an application `backend` that uses both.

/// A manifest.
pub(crate) struct Layout {
    /// What is special about it.
    pub(crate) name: &'static str,
    /// The file.
    pub(crate) file: &'static str,
    /// Its text.
    pub(crate) text: &'static str,
    /// Lines that have to change when their section gets something.
    pub(crate) opened: &'static [Opened],
    /// What becomes of the lines of `backend`, by the template whose offered changes are made there. Where a template of
    /// [`WIRINGS`] has no entry, its changes cannot be made safely.
    pub(crate) wired: &'static [(&'static str, &'static [Rewritten])],
}

/// A section, and what becomes of a line of it when something is added to it.
pub(crate) type Opened = (&'static str, Rewritten);

/// A line, and the lines that take its place; line ends are those of the manifest.
pub(crate) type Rewritten = (&'static str, &'static str);

/// What a template means to change in `backend`.
pub(crate) struct Wiring {
    /// The template.
    pub(crate) template: &'static str,
    /// Variables and their new values.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// Services that it depends on from then on.
    pub(crate) depends_on: &'static [&'static str],
}

/// All changes that templates make in services that are there. No other template may touch them.
pub(crate) const WIRINGS: &[Wiring] = &[
    Wiring {
        template: "pgbouncer",
        environment: &[("DATABASE_URL", "postgresql://shop:dev@pgbouncer:5432/shop")],
        depends_on: &["pgbouncer"],
    },
    Wiring {
        template: "feature-flags",
        environment: &[
            ("UNLEASH_URL", "http://unleash:4242/api"),
            (
                "UNLEASH_TOKEN",
                "*:development.for-applications-of-this-machine",
            ),
        ],
        depends_on: &[],
    },
];

pub(crate) const LAYOUTS: &[Layout] = &[
    Layout {
        name: "block style with comments, anchors and merge keys",
        file: "devstack.yaml",
        text: BLOCK,
        opened: &[],
        wired: &[
            (
                "pgbouncer",
                &[
                    (
                        "      DATABASE_URL: postgresql://shop:dev@store:5432/shop",
                        "      DATABASE_URL: postgresql://shop:dev@pgbouncer:5432/shop",
                    ),
                    (
                        "    depends_on: [store, queue]",
                        "    depends_on: [store, queue, pgbouncer]",
                    ),
                ],
            ),
            (
                "feature-flags",
                &[(
                    "      REDIS_URL: \"redis://queue:6379/0\"",
                    "      REDIS_URL: \"redis://queue:6379/0\"
      UNLEASH_URL: http://unleash:4242/api
      UNLEASH_TOKEN: \"*:development.for-applications-of-this-machine\"",
                )],
            ),
        ],
    },
    Layout {
        name: "a Compose file with four spaces, flat lists, Windows line ends",
        file: "compose.yaml",
        text: WINDOWS,
        opened: &[],
        wired: &[
            (
                "pgbouncer",
                &[
                    (
                        "        -   DATABASE_URL=postgresql://shop:dev@store:5432/shop",
                        "        -   DATABASE_URL=postgresql://shop:dev@pgbouncer:5432/shop",
                    ),
                    ("        - queue", "        - queue\n        - pgbouncer"),
                ],
            ),
            (
                "feature-flags",
                &[(
                    "        -   REDIS_URL=redis://queue:6379/0",
                    "        -   REDIS_URL=redis://queue:6379/0
        -   UNLEASH_URL=http://unleash:4242/api
        -   UNLEASH_TOKEN=*:development.for-applications-of-this-machine",
                )],
            ),
        ],
    },
    Layout {
        name: "flow style with comments and trailing commas",
        file: "devstack.yml",
        text: FLOW,
        opened: &[
            (
                "services",
                (
                    "  queue: {image: 'redis:8'}   # the last one",
                    "  queue: {image: 'redis:8'},   # the last one",
                ),
            ),
            (
                "volumes",
                ("volumes: {}  # none yet", "volumes:  # none yet"),
            ),
        ],
        wired: &[
            (
                "pgbouncer",
                &[
                    (
                        r#"    environment: [ "DATABASE_URL=postgresql://shop:dev@store:5432/shop", "REDIS_URL=redis://queue:6379/0" ],"#,
                        r#"    environment: [ "DATABASE_URL=postgresql://shop:dev@pgbouncer:5432/shop", "REDIS_URL=redis://queue:6379/0" ],"#,
                    ),
                    (
                        "    depends_on: [ store, queue, ],",
                        "    depends_on: [ store, queue, pgbouncer, ],",
                    ),
                ],
            ),
            (
                "feature-flags",
                &[(
                    r#"    environment: [ "DATABASE_URL=postgresql://shop:dev@store:5432/shop", "REDIS_URL=redis://queue:6379/0" ],"#,
                    r#"    environment: [ "DATABASE_URL=postgresql://shop:dev@store:5432/shop", "REDIS_URL=redis://queue:6379/0", "UNLEASH_URL=http://unleash:4242/api", "UNLEASH_TOKEN=*:development.for-applications-of-this-machine" ],"#,
                )],
            ),
        ],
    },
    Layout {
        name: "a byte order mark, a document start, three spaces, no line break at the end",
        file: "devstack.yaml",
        text: ODD,
        opened: &[],
        wired: &[
            (
                "pgbouncer",
                &[
                    (
                        "         DATABASE_URL:   'postgresql://shop:dev@store:5432/shop'",
                        "         DATABASE_URL:   'postgresql://shop:dev@pgbouncer:5432/shop'",
                    ),
                    ("      -  queue", "      -  queue\n      -  pgbouncer"),
                ],
            ),
            (
                "feature-flags",
                &[(
                    "         REDIS_URL: redis://queue:6379/0",
                    "         REDIS_URL: redis://queue:6379/0
         UNLEASH_URL: http://unleash:4242/api
         UNLEASH_TOKEN: \"*:development.for-applications-of-this-machine\"",
                )],
            ),
        ],
    },
    Layout {
        name: "a Compose file of two documents, with lists for mappings and sections without anything",
        file: "docker-compose.yml",
        text: DOCUMENTS,
        opened: &[],
        // The address of the database comes from an anchor, which others may use too: `pgbouncer` leaves it alone.
        wired: &[(
            "feature-flags",
            &[(
                r#"    environment: { <<: *env, "REDIS_URL": "redis://queue:6379/0" }"#,
                r#"    environment: { <<: *env, "REDIS_URL": "redis://queue:6379/0", UNLEASH_URL: http://unleash:4242/api, UNLEASH_TOKEN: "*:development.for-applications-of-this-machine" }"#,
            )],
        )],
    },
];

const BLOCK: &str = r#"# The shop's stack.
#   (ask Ada)

name: shop

x-defaults: &defaults # what all have
  restart: unless-stopped
  labels: { team: "shop" }


services:
  # keeps everything
  store:
    <<: *defaults
    image: postgres:17 # do not go beyond 17
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: dev
      # the one database
      POSTGRES_DB: shop
    ports: ["5432"]
    volumes:
      - store-data:/var/lib/postgresql/data

  queue:
    <<: *defaults
    image: redis:8

  backend:
    <<: *defaults
    build: ./backend
    environment:
      DATABASE_URL: postgresql://shop:dev@store:5432/shop
      REDIS_URL: "redis://queue:6379/0"
    depends_on: [store, queue]
    command: |
      serve --all

        # not a comment
    # what follows the backend

# what is kept
volumes:
  store-data: {}
# the end
"#;

const WINDOWS: &str = "# Compose, from a colleague's machine\r\n\
services:\r\n\
\x20   store:\r\n\
\x20       image: \"postgres:17\"\r\n\
\x20       environment:\r\n\
\x20       -   POSTGRES_USER=shop\r\n\
\x20       -   POSTGRES_PASSWORD=dev\r\n\
\x20       -   POSTGRES_DB=shop\r\n\
\x20       # inside only\r\n\
\x20       expose:\r\n\
\x20       - \"5432\"\r\n\
\r\n\
\x20   queue:\r\n\
\x20       image: redis:8\r\n\
\r\n\
\x20   backend:\r\n\
\x20       build: .\r\n\
\x20       environment:\r\n\
\x20       -   DATABASE_URL=postgresql://shop:dev@store:5432/shop\r\n\
\x20       -   REDIS_URL=redis://queue:6379/0\r\n\
\x20       depends_on:\r\n\
\x20       - store\r\n\
\x20       - queue\r\n\
\r\n\
networks:\r\n\
\x20   default:\r\n\
\x20       driver: bridge   # as ever\r\n";

const FLOW: &str = r#"# everything in braces
services: {
  # keeps everything
  store: { image: "postgres:17", environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop } }, # one line

  backend: {
    build: .,   # from here
    environment: [ "DATABASE_URL=postgresql://shop:dev@store:5432/shop", "REDIS_URL=redis://queue:6379/0" ],
    depends_on: [ store, queue, ],
  },
  queue: {image: 'redis:8'}   # the last one
}
volumes: {}  # none yet
"#;

const ODD: &str = "\u{feff}---
# with a mark before it
x-login: &login { POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }
services:
   store:
      image:   postgres:17
      environment: *login
   backend:   # the application
      build:
         context: .
      environment:
         DATABASE_URL:   'postgresql://shop:dev@store:5432/shop'
         REDIS_URL: redis://queue:6379/0
      depends_on:
      -  store
      -  queue

   queue:
      image: redis:8   # the end";

const DOCUMENTS: &str = r#"%YAML 1.2
---
# the first document has the data
services:
  store:
    image: postgres:17
    environment: {POSTGRES_USER: shop,
                  POSTGRES_PASSWORD: dev, POSTGRES_DB: shop}
---
# the second one has the rest
x-env: &env
  DATABASE_URL: postgresql://shop:dev@store:5432/shop
services:

  queue:
    image: redis:8
    # a comment deeper than what follows
  backend:
    build: .
    environment: { <<: *env, "REDIS_URL": "redis://queue:6379/0" }
    depends_on:
      store: { condition: service_started }
      queue: { condition: service_started }

volumes:   # nothing here yet
"#;

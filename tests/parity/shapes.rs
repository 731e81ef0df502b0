//! Stacks of every shape, each the same under both programs.

use crate::stack::Stack;

/// What keeps a container running without work, and lets it end at once.
const STAYS: &str = "image: busybox:1\n    command: [sleep, '600']\n    stop_signal: SIGKILL";

/// A stack in whose text `STAYS` stands for a service that only runs.
fn stack(compose: &str) -> Stack {
    Stack::new(&compose.replace("STAYS", STAYS))
}

#[test]
fn a_chain_that_waits_for_health() {
    stack(
        "services:
  db:
    STAYS
    healthcheck: { test: [CMD, test, -e, /bin/sh], interval: 1s, timeout: 2s, retries: 3, start_period: 3s }
  api:
    STAYS
    depends_on: { db: { condition: service_healthy, restart: true } }
  web:
    STAYS
    depends_on: [api, db]
",
    )
    .is_the_same();
}

#[test]
fn one_shots_before_a_service() {
    stack(
        "services:
  migrate:
    image: busybox:1
    command: sh -c \"echo 'moved in' > /data/state\"
    volumes: ['data:/data']
  app:
    STAYS
    depends_on: { migrate: { condition: service_completed_successfully } }
    volumes: ['data:/srv/data:ro']
volumes: { data: {} }
",
    )
    .is_the_same();
}

#[test]
fn profiles_that_are_on_and_off() {
    stack(
        "services:
  app: { image: busybox:1, command: [sleep, '600'] }
  tools: { image: busybox:1, command: [sleep, '600'], profiles: [tools] }
  debug:
    STAYS
    profiles: [debug, all]
    depends_on: { tools: { condition: service_started, required: false } }
",
    )
    .with(&["--profile", "debug"])
    .is_the_same();
}

#[test]
fn shared_volumes_in_every_form() {
    stack(
        "services:
  writer:
    STAYS
    volumes:
      - data:/data
      - ./conf:/etc/conf:ro
      - ./made:/made
      - /anonymous
      - { type: volume, source: logs, target: /logs, read_only: true, volume: { nocopy: true } }
      - { type: bind, source: ./conf/app.ini, target: /etc/app.ini, bind: { propagation: rprivate } }
      - { type: tmpfs, target: /scratch, tmpfs: { size: 10m, mode: 0o1770 } }
      - { type: volume, target: /unnamed }
    tmpfs: ['/run:size=1m,noexec', /tmp]
  named:
    STAYS
    volumes: ['custom:/custom:rw', 'outer:/outer']
volumes:
  data: { labels: { purpose: shared, owner: team } }
  logs: { driver: local }
  custom: { name: '${COMPOSE_PROJECT_NAME}-custom-name' }
  outer: { driver_opts: { type: tmpfs, device: tmpfs, o: 'size=1m' } }
",
    )
    .file("conf/app.ini", "[app]\n")
    .is_the_same();
}

#[test]
fn volumes_of_other_services() {
    stack(
        "services:
  writer: { image: busybox:1, command: [sleep, '600'], volumes: ['data:/data', './conf:/etc/conf', /anonymous] }
  reader:
    STAYS
    volumes_from: [writer]
volumes: { data: {} }
",
    )
    .file("conf/app.ini", "[app]\n")
    .is_the_same();
}

#[test]
fn static_addresses_on_networks_of_their_own() {
    stack(
        "services:
  app:
    STAYS
    mac_address: 02:42:0a:5d:07:0a
    networks:
      front: { ipv4_address: 10.93.7.10, aliases: [www, site], priority: 100 }
      back: { aliases: [api] }
  db:
    STAYS
    networks: { back: {}, front: { ipv4_address: 10.93.7.11, priority: 5 } }
networks:
  front:
    driver: bridge
    driver_opts: { com.docker.network.bridge.enable_icc: 'true' }
    labels: [purpose=front]
    ipam:
      driver: default
      config: [{ subnet: 10.93.7.0/24, ip_range: 10.93.7.128/25, gateway: 10.93.7.1, aux_addresses: { printer: 10.93.7.5 } }]
  back: { attachable: true, name: '${COMPOSE_PROJECT_NAME}-the-back' }
",
    )
    .is_the_same();
}

#[test]
fn an_internal_network() {
    stack(
        "services:
  app: { image: busybox:1, command: [sleep, '600'], networks: [inside, default] }
  db: { image: busybox:1, command: [sleep, '600'], networks: [inside] }
  alone: { image: busybox:1, command: [sleep, '600'], network_mode: none }
networks:
  inside: { internal: true, labels: { a: 1, b: true } }
  default: { labels: { c: 'x' } }
",
    )
    .is_the_same();
}

#[test]
fn secrets_and_configs_of_every_source() {
    let stack = stack(
        "services:
  app:
    STAYS
    secrets:
      - plain
      - { source: from_env, target: env_secret, mode: 0440, uid: '1000', gid: '1001' }
    configs:
      - listed
      - { source: inline, target: /etc/inline.conf, mode: 0444 }
      - { source: from_env_config, target: /etc/deep/er/env.conf, uid: '5' }
secrets:
  plain: { file: ./plain.txt }
  from_env: { environment: THE_SECRET }
configs:
  listed: { file: ./listed.conf }
  inline: { content: \"name=${THE_NAME}\\n\" }
  from_env_config: { environment: THE_SECRET }
",
    )
    .file("plain.txt", "quiet\n")
    .file("listed.conf", "a=b\n")
    .variable("THE_SECRET", "hush")
    .variable("THE_NAME", "shop");
    let files = "for f in /run/secrets/* /listed /etc/inline.conf /etc/deep/er/env.conf; do \
         stat -c '%n %u %g %a %s' $f; cat $f; echo; done";
    stack.compose(&["up", "-d"]);
    let (wanted, content) = (stack.facts(), stack.inside("app", &["sh", "-c", files]));
    stack.clear();
    stack.devstack(&["up"]);
    let differences = crate::facts::shown_differences(&wanted, &stack.facts());
    assert!(differences.is_empty(), "{differences}");
    assert_eq!(stack.inside("app", &["sh", "-c", files]), content);
}

#[test]
fn replicas() {
    stack(
        "services:
  worker: { image: busybox:1, command: [sleep, '600'], deploy: { replicas: 3 } }
  scaled: { image: busybox:1, command: [httpd, -f], scale: 2, expose: ['80', 90-92/udp] }
",
    )
    .is_the_same();
}

#[test]
fn included_files() {
    stack(
        "include:
  - data/compose.yaml
  - path: [more/one.yaml, more/two.yaml]
    project_directory: more
    env_file: more/own.env
services:
  app:
    STAYS
    depends_on: [db]
",
    )
    .file(
        "data/compose.yaml",
        "services: { db: { image: busybox:1, command: [sleep, '600'], volumes: ['./files:/files', 'ddd:/d'] } }\nvolumes: { ddd: {} }\n",
    )
    .file("data/files/x", "")
    .file(
        "more/one.yaml",
        "services: { extra: { image: busybox:1, command: [sleep, '${SECONDS_LONG}'], env_file: own.env } }\n",
    )
    .file("more/two.yaml", "services: { extra: { environment: { TWO: 2 } } }\n")
    .file("more/own.env", "SECONDS_LONG=601\n")
    .is_the_same();
}

#[test]
fn services_that_extend_others() {
    stack(
        "services:
  base:
    STAYS
    environment: { A: base, B: base }
    labels: { from: base }
    cap_add: [SYS_TIME]
  app:
    extends: base
    environment: [B=app, C=app]
    command: [sleep, '602']
  far:
    extends: { file: common/services.yaml, service: thing }
    environment: { LAST: '1' }
",
    )
    .file(
        "common/services.yaml",
        "services:\n  root: { image: busybox:1, command: [sleep, '603'], init: true }\n  thing:\n    extends: root\n    env_file: thing.env\n    volumes: ['./here:/here']\n",
    )
    .file("common/thing.env", "FROM_FILE=yes\nLAST=0\n")
    .file("common/here/x", "")
    .is_the_same();
}

#[test]
fn override_files() {
    stack(
        "services:
  app:
    STAYS
    environment: { A: '1', B: '1', GONE: x }
    ports: ['127.0.0.1:0:80', '8080']
    volumes: ['./a:/a', './b:/b']
    dns: [9.9.9.9]
    labels: [one=1]
",
    )
    .file(
        "compose.override.yaml",
        "services:
  app:
    command: !override [sh, -c, 'httpd -p 80; exec httpd -f -p 8080']
    environment: { B: '2', GONE: !reset null }
    volumes: ['./c:/b:ro']
    ports: ['81/udp']
    labels: { two: '2' }
  extra: { image: busybox:1, command: [sleep, '600'] }
",
    )
    .file("a/x", "")
    .file("b/x", "")
    .file("c/x", "")
    .is_the_same();
}

#[test]
fn several_files_by_name() {
    stack("services:\n  app:\n    STAYS\n    environment: { MODE: '${MODE:-dev}', KEPT: '1' }\n")
        .file(
            "ci.yaml",
            "services: { app: { environment: { MODE: ci } } }\n",
        )
        .with(&["-f", "compose.yaml", "-f", "ci.yaml"])
        .is_the_same();
}

#[test]
fn a_service_in_the_network_of_another() {
    stack(
        "services:
  main: { image: busybox:1, command: [httpd, -f, -p, '8099'], hostname: main-host, ipc: shareable, ports: ['8099'] }
  side:
    STAYS
    network_mode: service:main
    pid: service:main
    ipc: service:main
  host:
    STAYS
    network_mode: host
    uts: host
  bridged:
    STAYS
    network_mode: bridge
",
    )
    .is_the_same();
}

#[test]
fn names_for_others() {
    stack(
        "services:
  db: { image: busybox:1, command: [sleep, '600'], container_name: '${COMPOSE_PROJECT_NAME}-the-db' }
  cache: { image: busybox:1, command: [sleep, '600'] }
  app:
    STAYS
    hostname: app
    domainname: example.test
    links: [db, 'cache:redis']
    extra_hosts: ['somehost=162.242.195.82', 'gateway:host-gateway', 'six:::1']
    dns: [8.8.8.8, 9.9.9.9]
    dns_search: [example.test]
    dns_opt: [use-vc, no-tld-query]
",
    )
    .is_the_same();
}

#[test]
fn limits_and_rights() {
    stack(
        "services:
  app:
    STAYS
    mem_limit: 64m
    mem_reservation: 32m
    memswap_limit: 128m
    cpus: 0.5
    cpu_shares: 512
    cpuset: '0'
    pids_limit: 50
    oom_score_adj: 300
    shm_size: 32m
    ulimits: { nofile: { soft: 1000, hard: 2000 }, nproc: 500 }
    cap_add: [NET_ADMIN, SYS_TIME]
    cap_drop: [MKNOD]
    security_opt: ['no-new-privileges:true']
    sysctls: { net.core.somaxconn: 1024 }
    devices: ['/dev/null:/dev/nothing:rw']
    device_cgroup_rules: ['c 1:3 mr']
    group_add: ['1000', '1001']
    user: '1000:1000'
    working_dir: /tmp
    read_only: true
    tty: true
    stdin_open: true
    init: true
    privileged: false
    userns_mode: host
    ipc: private
    cgroup: private
  deployed:
    STAYS
    deploy:
      labels: { on: service-only }
      resources:
        limits: { cpus: '0.25', memory: 50M, pids: 20 }
        reservations: { memory: 20M }
      restart_policy: { condition: on-failure, max_attempts: 3 }
  annotated:
    STAYS
    annotations: { a.b: c }
    runtime: runc
    blkio_config: { weight: 300 }
",
    )
    .is_the_same();
}

#[test]
fn restarts_logging_health_and_labels() {
    stack(
        "services:
  always:
    STAYS
    restart: always
    logging: { driver: json-file, options: { max-size: 1m, max-file: '3' } }
    labels: { com.example.a: 'x=y', com.example.b: '' }
  stopped: { image: busybox:1, command: [sleep, '600'], restart: unless-stopped, stop_grace_period: 1m30s, stop_signal: SIGUSR1 }
  failing:
    STAYS
    restart: on-failure:3
    logging: { driver: none }
  no: { image: busybox:1, command: [sleep, '600'], restart: 'no' }
  shell: { image: busybox:1, command: [sleep, '600'], healthcheck: { test: 'exit 0', interval: 1m30s } }
  array: { image: busybox:1, command: [sleep, '600'], healthcheck: { test: [CMD-SHELL, 'true'], disable: false } }
  none: { image: busybox:1, command: [sleep, '600'], healthcheck: { disable: true } }
",
    )
    .is_the_same();
}

#[test]
fn commands_and_environments() {
    stack(
        "services:
  entry:
    image: busybox:1
    entrypoint: [/bin/sh, -c]
    command: [\"sleep $$((300 + 300))\"]
  text:
    image: busybox:1
    entrypoint: /bin/sh -c 'exec sleep 600'
  words:
    image: busybox:1
    command: sh -c \"echo 'a b' $$HOME && sleep 600\"
  environment:
    STAYS
    env_file:
      - one.env
      - { path: two.env, required: true }
      - { path: missing.env, required: false }
      - { path: raw.env, format: raw }
    environment:
      - FROM_SHELL
      - NOT_SET
      - EMPTY=
      - BOTH=environment
      - INTERPOLATED=${FROM_SHELL}-${FROM_DOTENV}-${NOTHING:-default}
",
    )
    .file(".env", "FROM_DOTENV=dotenv\n")
    .file(
        "one.env",
        "ONE=1\nBOTH=file\nQUOTED=\"a b\\nc\"\nSINGLE='$ONE'\nREFER=${ONE}-x\nexport EXPORTED=yes # comment\nFROM_TWO=one\n",
    )
    .file("two.env", "FROM_TWO=two\nMULTI=\"line 1\nline 2\"\n")
    .file("raw.env", "RAW=\"kept $ONE\"\n")
    .variable("FROM_SHELL", "shell")
    .is_the_same();
}

#[test]
fn real_images_with_published_ports() {
    stack(
        "services:
  cache: { image: redis:8, ports: ['6379'], volumes: ['cache:/data'] }
  web:
    image: nginx:1.26
    ports:
      - { target: 80, published: '0', host_ip: 127.0.0.1, protocol: tcp, mode: host }
    depends_on: { cache: { condition: service_started } }
  db: { image: postgres:17, environment: { POSTGRES_PASSWORD: dev }, volumes: ['db:/var/lib/postgresql/data'], shm_size: 128m }
volumes: { cache: {}, db: {} }
",
    )
    .is_the_same();
}

#[test]
fn images_that_are_built() {
    let stack = stack(
        "services:
  plain: { build: ./plain }
  full:
    image: '${COMPOSE_PROJECT_NAME}-named:1'
    build:
      context: ./full
      dockerfile: ../Dockerfile.full
      target: middle
      args: [FROM_SHELL, GIVEN=1]
      labels: { built: 'by' }
  inline:
    build: { context: ., dockerfile_inline: \"FROM busybox:1\\nCMD [\\\"sleep\\\", \\\"605\\\"]\\n\" }
",
    )
    .file("plain/Dockerfile", "FROM busybox:1\nCMD [\"sleep\", \"600\"]\n")
    .file(
        "Dockerfile.full",
        "FROM busybox:1 AS middle\nARG FROM_SHELL\nARG GIVEN\nENV SEEN=$FROM_SHELL-$GIVEN\nCOPY x /x\nCMD [\"sleep\", \"600\"]\nFROM middle\nRUN exit 1\n",
    )
    .file("full/x", "x")
    .variable("FROM_SHELL", "shell");
    // Each program builds for itself, so that the ids of the images differ; what is in them must not.
    stack.compose(&["up", "-d"]);
    let wanted = built(&stack);
    stack.clear();
    stack.devstack(&["up", "--build"]);
    assert_eq!(built(&stack), wanted);
}

/// What of the containers does not come from the image's id.
fn built(stack: &Stack) -> Vec<String> {
    ["plain", "full", "inline"]
        .iter()
        .map(|service| {
            stack.field(
                service,
                "{{.Config.Image}} {{json .Config.Env}} {{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Config.Labels.built}}",
            )
        })
        .collect()
}

--
-- PostgreSQL database dump
--

-- Dumped from database version 17.2
-- Dumped by pg_dump version 17.2

SET statement_timeout = 0;
SET client_encoding = 'UTF8';

CREATE TABLE public.works (
    id integer NOT NULL,
    title text NOT NULL
);

COPY public.works (id, title) FROM stdin;
1	Sunrise
2	Harbour
\.

ALTER TABLE ONLY public.works ADD CONSTRAINT works_pkey PRIMARY KEY (id);

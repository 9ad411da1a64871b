-- Makes Runway's two roles. The image runs this once, on an empty volume, as its superuser.
--
-- The owner owns the database and its tables, and is neither superuser nor allowed to make roles:
-- so runway_app is made here and not by the migration, which takes the role as it finds it.

\getenv owner_password RUNWAY_OWNER_PASSWORD
\getenv app_password RUNWAY_APP_PASSWORD

BEGIN;
CREATE ROLE runway_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION
    PASSWORD :'owner_password';
CREATE ROLE runway_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION NOINHERIT
    PASSWORD :'app_password';
ALTER DATABASE runway OWNER TO runway_owner;
REVOKE ALL ON DATABASE runway FROM PUBLIC;
GRANT CONNECT ON DATABASE runway TO runway_app;
-- With no password, the superuser logs in inside the container alone, over the local socket.
ALTER ROLE postgres PASSWORD NULL;
COMMIT;

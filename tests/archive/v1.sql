CREATE TABLE accounts (
	account INTEGER NOT NULL, 
	space INTEGER NOT NULL, 
	id TEXT, 
	version INTEGER NOT NULL, 
	digest BIGINT NOT NULL, 
	PRIMARY KEY (account)
);
INSERT INTO "accounts" VALUES(1,1,'34262462',2,2563132454066506482);
INSERT INTO "accounts" VALUES(2,1,NULL,1,-6017307433767056167);
INSERT INTO "accounts" VALUES(3,2,'34262462',1,2563132454066506482);
INSERT INTO "accounts" VALUES(4,2,NULL,1,-6017307433767056167);
CREATE TABLE bookings (
	space INTEGER NOT NULL, 
	app TEXT NOT NULL, 
	day TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	person TEXT NOT NULL, 
	micro BIGINT NOT NULL, 
	presumed BOOLEAN NOT NULL, 
	PRIMARY KEY (space, app, day, "key")
)
 WITHOUT ROWID
;
INSERT INTO "bookings" VALUES(1,'app','2026-03-01','#34262462','ada',10000,'0');
INSERT INTO "bookings" VALUES(1,'app','2026-03-02','#34262462','ada',10000,'0');
INSERT INTO "bookings" VALUES(2,'app','2026-03-03','#34262462','ada',10000,'0');
CREATE TABLE claims (
	space INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	run TEXT NOT NULL, 
	app TEXT NOT NULL, 
	person TEXT NOT NULL, 
	micro BIGINT NOT NULL, 
	sent_at BIGINT, 
	PRIMARY KEY (space, "key")
)
 WITHOUT ROWID
;
CREATE TABLE keys (
	space INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	account INTEGER NOT NULL, 
	PRIMARY KEY (space, "key")
)
 WITHOUT ROWID
;
INSERT INTO "keys" VALUES(1,'#34262462',1);
INSERT INTO "keys" VALUES(1,'ria_novosti',1);
INSERT INTO "keys" VALUES(1,'nobody',2);
INSERT INTO "keys" VALUES(2,'#34262462',3);
INSERT INTO "keys" VALUES(2,'ria_novosti',3);
INSERT INTO "keys" VALUES(2,'nobody',4);
CREATE TABLE meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('version','1');
INSERT INTO "meta" VALUES('salt','97c2df4fd98e88fd247e16afcc66b870');
CREATE TABLE readings (
	account INTEGER NOT NULL, 
	read_at BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	followers BIGINT, 
	following BIGINT, 
	posts BIGINT, 
	listed BIGINT, 
	likes BIGINT, 
	media BIGINT, 
	PRIMARY KEY (account, read_at)
)
 WITHOUT ROWID
;
INSERT INTO "readings" VALUES(1,1772366400000000,1,27772,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "readings" VALUES(1,1772452800000000,2,27773,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "readings" VALUES(2,1772366400000000,1,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "readings" VALUES(2,1772452800000000,1,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "readings" VALUES(3,1772539200000000,1,27774,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "readings" VALUES(4,1772539200000000,1,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE runs (
	run TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	seen_at BIGINT NOT NULL, 
	PRIMARY KEY (run)
);
CREATE TABLE spaces (
	space INTEGER NOT NULL, 
	network TEXT NOT NULL, 
	simulated BOOLEAN NOT NULL, 
	PRIMARY KEY (space), 
	UNIQUE (network, simulated)
);
INSERT INTO "spaces" VALUES(1,'tw','0');
INSERT INTO "spaces" VALUES(2,'tw','1');
CREATE TABLE versions (
	account INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	outcome TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (account, version)
)
 WITHOUT ROWID
;
INSERT INTO "versions" VALUES(1,1,'ok','{"handle":"ria_novosti","name":"RIA","link":"https://www.twitter.com/ria_novosti","description":"новости ''q''"}');
INSERT INTO "versions" VALUES(1,2,'ok','{"handle":"ria_novosti","name":"RIA Novosti","link":"https://www.twitter.com/ria_novosti","description":"новости ''q''"}');
INSERT INTO "versions" VALUES(2,1,'not_found','{"reason":"X knows no account of this name."}');
INSERT INTO "versions" VALUES(3,1,'ok','{"handle":"ria_novosti","name":"RIA Novosti","link":"https://www.twitter.com/ria_novosti","description":"новости ''q''"}');
INSERT INTO "versions" VALUES(4,1,'not_found','{"reason":"X knows no account of this name."}');
CREATE INDEX keys_account ON keys (account);
CREATE INDEX claims_run ON claims (run);

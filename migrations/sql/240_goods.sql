-- An entry is decided once, by another person than proposed it; what was in force on any day can be said for good.
CREATE FUNCTION keep_control_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.agreed IS NOT NULL
       OR to_jsonb(NEW) - '{agreed,decided_by,decided_at}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{agreed,decided_by,decided_at}'::text[] THEN
        RAISE EXCEPTION 'a row of % stays as it was', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_control_entry BEFORE UPDATE OR DELETE ON control_entry
    FOR EACH ROW EXECUTE FUNCTION keep_control_entry();
CREATE TRIGGER keep_control_entries BEFORE TRUNCATE ON control_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_control_ending BEFORE UPDATE OR DELETE ON control_ending
    FOR EACH ROW EXECUTE FUNCTION keep_control_entry();
CREATE TRIGGER keep_control_endings BEFORE TRUNCATE ON control_ending
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What somebody handed in or wrote down stays as it was: only what is named as the trigger's arguments changes. Records
-- of export control go after five years, by this database's own clock. Dual-use regulation (PRC) art. 27.
CREATE FUNCTION keep_control_record() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    began timestamptz := (to_jsonb(OLD) ->> TG_ARGV[0])::timestamptz;
BEGIN
    IF TG_OP = 'DELETE' AND began < now() - interval '1827 days' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - TG_ARGV[1]::text[] IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV[1]::text[] THEN
        RAISE EXCEPTION 'a row of % stays as it was', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_goods_finding BEFORE UPDATE OR DELETE ON goods_finding
    FOR EACH ROW EXECUTE FUNCTION keep_control_record('found_at', '{state,reason,decided_by,decided_at}');
CREATE TRIGGER keep_goods_licence BEFORE UPDATE OR DELETE ON goods_licence
    FOR EACH ROW EXECUTE FUNCTION keep_control_record('valid_until', '{state,reason,decided_by,decided_at}');
CREATE TRIGGER keep_goods_licence_use BEFORE UPDATE OR DELETE ON goods_licence_use
    FOR EACH ROW EXECUTE FUNCTION keep_control_record('used_at', '{}');
CREATE TRIGGER keep_end_user_statement BEFORE UPDATE OR DELETE ON end_user_statement
    FOR EACH ROW EXECUTE FUNCTION keep_control_record('submitted_at', '{state,reason,decided_by,decided_at}');
CREATE TRIGGER keep_export_report BEFORE UPDATE OR DELETE ON export_report
    FOR EACH ROW EXECUTE FUNCTION keep_control_record('raised_at',
        '{state,decided_by,decided_at,decision,due_at,sent_by,sent_at,sent_to,receipt,closed_at,outcome}');
CREATE TRIGGER keep_goods_findings BEFORE TRUNCATE ON goods_finding FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_goods_licences BEFORE TRUNCATE ON goods_licence FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_goods_licence_uses BEFORE TRUNCATE ON goods_licence_use
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_end_user_statements BEFORE TRUNCATE ON end_user_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_export_reports BEFORE TRUNCATE ON export_report FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Nothing is taken of a licence that is not accepted, in another unit or currency, or beyond its limits. The lock makes
-- two shipments at once one after the other, whoever writes them.
CREATE FUNCTION check_licence_use() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    given goods_licence;
    taken record;
BEGIN
    SELECT * INTO given FROM goods_licence WHERE id = NEW.licence_id FOR UPDATE;
    SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(value_minor), 0) AS minor INTO taken
      FROM goods_licence_use WHERE licence_id = NEW.licence_id;
    IF given.state <> 'accepted'
       OR given.quantity_limit IS NOT NULL
          AND (given.unit <> NEW.unit OR taken.quantity + NEW.quantity > given.quantity_limit)
       OR given.value_limit_minor IS NOT NULL
          AND (given.value_limit_currency <> NEW.value_currency
               OR taken.minor + NEW.value_minor > given.value_limit_minor) THEN
        RAISE EXCEPTION 'licence % does not reach that far', given.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_licence_use BEFORE INSERT ON goods_licence_use
    FOR EACH ROW EXECUTE FUNCTION check_licence_use();

-- What the platform starts with: public facts, each with its source; operators add their own lists beside them.
INSERT INTO control_entry (id, kind, code, hs, categories, keywords, unless, cas, origins, destinations, binds_from,
                           since, source, text_en, text_zh, reason, set_at, agreed, decided_at)
SELECT gen_random_uuid(), kind, code, hs::jsonb, '[]', keywords::jsonb, unless::jsonb, cas::jsonb, '[]', '[]',
       binds_from, since::date, source, text_en, text_zh, 'Shipped with the platform.', '2026-11-22', true, '2026-11-22'
  FROM (VALUES
    ('prohibited', 'WEAPONS', '["93"]',
     '["firearm", "live ammunition", "hand grenade", "枪支", "弹药", "手榴弹"]',
     '["firearm safe", "firearm cabinet", "仿真枪支玩具", "弹药箱"]', '[]', 'listing', '1996-10-01',
     'Law on the Control of Firearms (PRC) art. 3; E-Commerce Law (PRC) art. 13; HS chapter 93',
     'Weapons, ammunition and their parts may not be traded here.', '本平台不得交易武器、弹药及其零件。'),
    ('prohibited', 'NARCOTICS', '[]',
     '["methamphetamine", "fentanyl", "heroin", "甲基苯丙胺", "芬太尼", "海洛因"]',
     '["fentanyl test strip", "芬太尼检测", "甲基苯丙胺检测"]',
     '["437-38-7", "561-27-3", "537-46-2", "50-36-2", "6740-88-1"]', 'listing', '2008-06-01',
     'Narcotics Control Law (PRC) art. 21, 22; E-Commerce Law (PRC) art. 13',
     'Narcotic drugs and psychotropic substances may not be traded here.', '本平台不得交易麻醉药品和精神药品。'),
    ('prohibited', 'CITES-I', '["050710", "960110"]',
     '["elephant ivory", "ivory carving", "rhino horn", "pangolin scale", "tiger bone", "象牙", "犀牛角", "穿山甲鳞片", "虎骨"]',
     '["ivory white", "ivory coast", "faux ivory", "imitation ivory", "象牙白", "象牙色", "仿象牙", "象牙海岸", "象牙果"]',
     '[]', 'listing', '2018-01-01',
     'CITES Appendix I; State Council General Office notice 2016 No. 103 on ivory; Wildlife Protection Law (PRC) art. 31',
     'Ivory, rhino horn and other parts of protected animals may not be traded here.',
     '本平台不得交易象牙、犀牛角及其他受保护动物的制品。'),
    ('prohibited', 'COUNTERFEIT-MONEY', '[]',
     '["counterfeit money", "counterfeit banknote", "counterfeit currency", "假币", "伪钞", "假钞"]',
     '["counterfeit money detector", "counterfeit money detection", "counterfeit banknote detector", "counterfeit currency detector", "假币检测", "假币鉴别", "假钞检测", "伪钞检测", "伪钞鉴别"]',
     '[]', 'listing', '2000-05-01',
     'Regulation on the Administration of Renminbi (PRC) art. 31; Criminal Law (PRC) art. 170-171',
     'Counterfeit currency may not be traded here.', '本平台不得交易伪造、变造的货币。'),
    ('licence', 'PRECURSORS', '["291524", "293941", "293942", "291431", "293294", "293293", "284161"]',
     '["acetic anhydride", "ephedrine", "pseudoephedrine", "safrole", "piperonal", "醋酸酐", "麻黄碱", "伪麻黄碱", "黄樟素", "胡椒醛"]',
     '[]', '["108-24-7", "299-42-3", "90-82-4", "103-79-7", "94-59-7", "120-57-0", "7722-64-7", "113-15-5"]',
     'listing', '2005-11-01',
     'Regulation on the Administration of Precursor Chemicals (State Council Decree 445) art. 26, annex; UN Convention of 1988, tables I and II',
     'Precursor chemicals need an export permit for precursor chemicals.', '易制毒化学品须有进出口许可。'),
    ('licence', 'OZONE', '["290377", "290376"]',
     '["chlorofluorocarbon", "HCFC-22", "methyl bromide", "氟氯烃", "溴甲烷", "甲基溴"]',
     '["chlorofluorocarbon free", "free of chlorofluorocarbon", "HCFC-22 free"]',
     '["75-69-4", "75-71-8", "76-13-1", "353-59-3", "75-63-8", "56-23-5", "75-45-6", "74-83-9"]',
     'listing', '2010-06-01',
     'Regulation on Ozone-Depleting Substances (State Council Decree 573, amended by 770) art. 22, 23; Montreal Protocol art. 4B',
     'Ozone-depleting substances need an approved quota and an export permit.', '消耗臭氧层物质须有进出口配额和许可。'),
    ('licence', 'MERCURY', '["280540"]', '["metallic mercury", "金属汞"]', '["mercury free", "无汞"]', '["7439-97-6"]',
     'listing', '2017-08-16', 'Minamata Convention on Mercury art. 3',
     'Mercury needs the written consent of the importing country and an export permit.', '汞的出口须有进口国书面同意和出口许可。'),
    ('dual_use', '1C210', '["681511", "681512", "681513"]',
     '["carbon fibre tow", "carbon fiber tow", "carbon fibre prepreg", "carbon fiber prepreg", "碳纤维丝束", "碳纤维预浸料"]',
     '[]', '[]', 'contract', '2024-12-01',
     'Export Control Law (PRC) art. 12; MOFCOM announcement 2024 No. 51, category 1C; Regulation (EU) 2021/821 Annex I, 1C010, 1C210',
     'Carbon fibre of high performance is a dual-use item: an export licence is needed.',
     '高性能碳纤维属于两用物项，须有出口许可。'),
    ('dual_use', '9A012', '["880623", "880624", "880629", "880693", "880694", "880699"]',
     '["unmanned aerial vehicle", "军用无人机", "长航时无人机"]', '["toy unmanned aerial vehicle"]', '[]',
     'contract', '2024-09-01',
     'MOFCOM announcement 2024 No. 31 on unmanned aircraft; Regulation (EU) 2021/821 Annex I, 9A012',
     'Unmanned aircraft of this weight are dual-use items: an export licence is needed.',
     '此重量的无人驾驶航空器属于两用物项，须有出口许可。'),
    ('dual_use', '6A002', '["854020"]',
     '["image intensifier", "night vision scope", "thermal weapon sight", "像增强管", "像增强器", "夜视仪", "热成像瞄准镜"]',
     '[]', '[]', 'contract', '2024-12-01',
     'Export Control Law (PRC) art. 12; MOFCOM announcement 2024 No. 51, category 6A; Regulation (EU) 2021/821 Annex I, 6A002',
     'Night vision and image intensifiers are dual-use items: an export licence is needed.',
     '夜视及像增强器件属于两用物项，须有出口许可。'),
    ('dual_use', '3A228', '[]', '["krytron", "triggered spark gap", "触发管", "触发式火花隙"]', '[]', '[]',
     'contract', '2024-12-01',
     'Export Control Law (PRC) art. 12; MOFCOM announcement 2024 No. 51, category 3A; Regulation (EU) 2021/821 Annex I, 3A228',
     'Switching devices for pulsed power are dual-use items: an export licence is needed.',
     '脉冲功率开关器件属于两用物项，须有出口许可。'),
    ('dual_use', 'GA-GE', '[]', '["gallium metal", "germanium metal", "金属镓", "金属锗", "区熔锗锭"]', '[]',
     '["7440-55-3", "7440-56-4"]', 'contract', '2023-08-01',
     'MOFCOM and Customs announcement 2023 No. 23; Export Control Law (PRC) art. 12',
     'Gallium, germanium and their compounds are dual-use items: an export licence is needed.',
     '镓、锗相关物项属于两用物项，须有出口许可。')
  ) AS seed (kind, code, hs, keywords, unless, cas, binds_from, since, source, text_en, text_zh);

-- The view of files that are needed grows by the papers of licences and of end users.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT document ->> ''key'' FROM goods_licence
         UNION ALL SELECT document ->> ''key'' FROM end_user_statement WHERE document IS NOT NULL';
END $$;

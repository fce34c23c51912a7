package rds

import (
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type subnetGroupsIn struct {
	DBSubnetGroupName string
	paging
}

type subnetGroupsOut struct {
	DBSubnetGroups []dbSubnetGroup `xml:"DBSubnetGroups>DBSubnetGroup"`
}

func (s *Service) describeSubnetGroups(c *wire.Call, in subnetGroupsIn) (subnetGroupsOut, error) {
	r := s.of(c)
	var out subnetGroupsOut
	for _, g := range r.subnetGroups {
		if in.DBSubnetGroupName == "" || in.DBSubnetGroupName == g.Name {
			out.DBSubnetGroups = append(out.DBSubnetGroups, r.subnetGroup(g.Name))
		}
	}
	c.Touch(r.arn("subgrp", in.DBSubnetGroupName))
	if in.DBSubnetGroupName != "" && out.DBSubnetGroups == nil {
		return out, notFound("DBSubnetGroupNotFoundFault", "DB subnet group %s not found.", in.DBSubnetGroupName)
	}
	return out, nil
}

type parameterGroupsIn struct {
	DBParameterGroupName string
	paging
}

type dbParameterGroup struct{ DBParameterGroupName, DBParameterGroupFamily, Description, DBParameterGroupArn string }

type parameterGroupsOut struct {
	DBParameterGroups []dbParameterGroup `xml:"DBParameterGroups>DBParameterGroup"`
}

func (s *Service) describeParameterGroups(c *wire.Call, in parameterGroupsIn) (parameterGroupsOut, error) {
	r := s.of(c)
	var out parameterGroupsOut
	for _, g := range r.parameterGroups {
		if in.DBParameterGroupName == "" || in.DBParameterGroupName == g.Name {
			out.DBParameterGroups = append(out.DBParameterGroups, dbParameterGroup{g.Name, g.Family, g.Name, r.arn("pg", g.Name)})
		}
	}
	c.Touch(r.arn("pg", in.DBParameterGroupName))
	if in.DBParameterGroupName != "" && out.DBParameterGroups == nil {
		return out, notFound("DBParameterGroupNotFound", "DBParameterGroup not found: %s", in.DBParameterGroupName)
	}
	return out, nil
}

type optionGroupsIn struct {
	OptionGroupName string
	paging
}

type optionGroup struct {
	OptionGroupName, OptionGroupDescription, EngineName, MajorEngineVersion, OptionGroupArn string

	Options []option `xml:"Options>Option"`
}

type option struct {
	OptionName            string
	Persistent, Permanent bool
}

type optionGroupsOut struct {
	OptionGroupsList []optionGroup `xml:"OptionGroupsList>OptionGroup"`
}

func (s *Service) describeOptionGroups(c *wire.Call, in optionGroupsIn) (optionGroupsOut, error) {
	r := s.of(c)
	var out optionGroupsOut
	for _, g := range r.optionGroups {
		if in.OptionGroupName == "" || in.OptionGroupName == g.Name {
			shown := optionGroup{g.Name, g.Name, g.Engine, g.Version, r.arn("og", g.Name), nil}
			for _, o := range g.Options {
				shown.Options = append(shown.Options, option{o.Name, o.Persistent, o.Permanent})
			}
			out.OptionGroupsList = append(out.OptionGroupsList, shown)
		}
	}
	c.Touch(r.arn("og", in.OptionGroupName))
	if in.OptionGroupName != "" && out.OptionGroupsList == nil {
		return out, notFound("OptionGroupNotFoundFault", "Specified OptionGroupName: %s not found.", in.OptionGroupName)
	}
	return out, nil
}
